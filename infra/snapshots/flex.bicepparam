using '../main.bicep'

param environmentName = 'snapshot'
param location = 'westeurope'
param signInClientId = '00000000-0000-4000-8000-00000000c11e'
param hrGroupId = '00000000-0000-4000-8000-000000000ea1'
